import numpy as np, time, sys, collections, re
from healthnews.duplicates import signatures as S, candidates as C, similarity as M
from healthnews.duplicates.differences import Reading, find_differences, statements
from healthnews.language.titles import canonical_question, distinguishing_words
from healthnews.language.normalise import text_key
import pyarrow.parquet as pq
SMALL=64
def load(f):
    tb=pq.read_table(f); return tb['title'].to_pylist(),[BOIL.sub('',t) for t in tb['text'].to_pylist()],np.array(tb['cluster']),np.array(tb['family']),tb['mode'].to_pylist()
def middle(a,b):
    n=min(len(a),len(b)); p=0
    while p<n and a[p]==b[p]: p+=1
    q=0
    while q<n-p and a[-1-q]==b[-1-q]: q+=1
    return p,q
BOIL=re.compile("提示\\s*[:：].{0,3}本.{0,2}内容.*$",re.S)
FUNC=re.compile("怎么办|怎么|如何|什么|哪些|哪个|哪家|哪里|多少|多久|能不能|可以|吗|呢|能|会|要|需要|应该|有|是|的|了|在|去|到|看|挂|办理|处理|好|更|比较|出现|发生|包括|都|大概|何|不同|区别|意思|指|为|得|时|后")
def same_q(fx,fy): return not FUNC.sub("",fx) and not FUNC.sub("",fy)
POLAR=re.compile("能不能|可不可以|能否|可否|可以|能够")
def polar(k): return POLAR.sub("能",k[:-1] if k.endswith("吗") else k) if ("吗" in k or POLAR.search(k)) else k
DECOR=re.compile(r"^(?:转载|转|健康科普|科普|健康提醒|提醒|关于|注意)|(?:一文读懂|一文看懂|最新解读|权威解读|解读|的说明|详解)$")
def canon(t):
    k=canonical_question(t)
    for _ in range(2): k=DECOR.sub("",k)
    k=re.sub("都有什么|包括哪些|有什么(?!区别|不同)","有哪些",k); k=re.sub("(?:挂|看)(?:什么|哪个?)科","挂什么科",k)
    k=re.sub("(?:去|到|在)?哪(?:个|家|里的?)?医院(?:比较|更)?好","哪家医院好",k); k=re.sub("[走用]医保(?!卡)","用医保",k)
    return polar(k)
def main(f):
    titles,texts,cl,fam,mode=load(f); n=len(texts)
    T0=time.process_time()
    B=S.sign(texts); a,b=C.star_edges(B); lab=C.components(n,a,b)
    sizes=np.bincount(lab); inc=np.flatnonzero(sizes[lab]>1)
    print("cand",time.process_time()-T0)
    key=[None]*n
    for i in inc: key[i]=canon(titles[i])
    # pairs
    order=inc[np.argsort(lab[inc],kind="stable")]; bounds=np.flatnonzero(np.diff(lab[order]))+1
    groups=np.split(order,bounds)
    L=[a];R=[b]
    for g in groups:
        if len(g)<=SMALL:
            x,y=np.triu_indices(len(g),1); L.append(g[x]); R.append(g[y])
        else:
            d=collections.defaultdict(list)
            for i in g: d[key[i]].append(i)
            for m in d.values():
                if 1<len(m)<=200:
                    m=np.array(m); x,y=np.triu_indices(len(m),1); L.append(m[x]); R.append(m[y])
    l=np.concatenate(L); r=np.concatenate(R); e=np.unique((np.minimum(l,r).astype(np.uint64)<<np.uint64(32))|np.maximum(l,r).astype(np.uint64))
    l=(e>>np.uint64(32)).astype(np.int64); r=(e&np.uint64(0xffffffff)).astype(np.int64)
    print("pairs",len(l),time.process_time()-T0)
    idx=np.full(n,-1); idx[inc]=np.arange(len(inc)); sets=M.ShingleSets([texts[i] for i in inc])
    j=sets.jaccard(idx[l],idx[r]); ok=j>=.7; l,r,j=l[ok],r[ok],j[ok]
    print("verified",len(l),time.process_time()-T0)
    # frames: fillers by (component, prefix, suffix)
    frames=collections.defaultdict(set); rel=[]
    for x,y in zip(l.tolist(),r.tolist()):
        kx,ky=key[x],key[y]
        if kx==ky: rel.append(None); continue
        p,q=middle(kx,ky); fx,fy=kx[p:len(kx)-q],ky[p:len(ky)-q]
        fr=(lab[x],kx[:p],kx[len(kx)-q:]); frames[fr].update((fx,fy)); rel.append((fr,fx,fy,p,q))
    print("titles",time.process_time()-T0)
    fold={}
    def tk(i):
        v=fold.get(i)
        if v is None: v=fold[i]=text_key(texts[i])
        return v
    why=[]
    for x,y,t in zip(l.tolist(),r.tolist(),rel):
        if t is None: why.append("same"); continue
        fr,fx,fy,p,q=t
        if not fx or not fy: 
            why.append("contained"); continue
        if len(fx)<2 or len(fy)<2:
            kx,ky=key[x],key[y]
            fx=kx[max(0,p-1):len(kx)-q+1] if q else kx[max(0,p-1):]; fy=ky[max(0,p-1):len(ky)-q+1] if q else ky[max(0,p-1):]
        ox= fx in tk(x) and fx not in tk(y); oy= fy in tk(y) and fy not in tk(x)
        if ox and oy: why.append("own"); continue
        if distinguishing_words(key[x])!=distinguishing_words(key[y]): why.append("words"); continue
        if not same_q(t[1],t[2]): why.append("other question"); continue
        if False and len(frames[fr])>=3: why.append("frame"); continue
        why.append("reworded")
    why=np.array(why); print("slots",time.process_time()-T0)
    dup=np.isin(why,["same","contained","reworded"])
    # statements
    rd={}
    def reading(i):
        v=rd.get(i)
        if v is None: v=rd[i]=Reading(texts[i])
        return v
    var=np.zeros(len(l),bool)
    for k in np.flatnonzero(dup):
        d=find_differences(reading(l[k]),reading(r[k]))
        if d is not None and statements(d): var[k]=True
    print("diff",time.process_time()-T0,"pairs diffed",dup.sum())
    same=cl[l]==cl[r]; samefam=(fam[l]==fam[r])&(fam[l]>=0)&~same
    for w in np.unique(why):
        m=why==w; print(f"{w:10} n={m.sum()} dup={same[m].sum()} sib={samefam[m].sum()} other={(~same&~samefam)[m].sum()} variant(dup)={(var&m&same).sum()} variant(sib)={(var&m&samefam).sum()}")
    good=dup&~var
    lab2=C.components(n,l[good],r[good])
    order=collections.defaultdict(list)
    for i,c in enumerate(cl): order[c].append(i)
    tp=fn=0; miss=collections.Counter()
    for m in order.values():
        for x in range(len(m)):
            for y in range(x+1,len(m)):
                if lab2[m[x]]==lab2[m[y]]: tp+=1
                else: fn+=1; miss[mode[m[x]].split('0')[0]+"/"+mode[m[y]].split('0')[0]]+=1
    s2=np.bincount(lab2); tot=(s2*(s2-1)//2).sum()
    print("P",tp/tot,"R",tp/(tp+fn),"pairs",tot,miss.most_common(12))
    return locals()
if __name__=="__main__": main(sys.argv[1])
