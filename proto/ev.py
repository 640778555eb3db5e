import sys,time,collections,re,numpy as np
import pyarrow.parquet as pq
from healthnews.duplicates.near import *
BOIL=re.compile("提示\\s*[:：].{0,3}本.{0,2}内容.*$",re.S)
def run(f):
    tb=pq.read_table(f); ans=[Answer(t,BOIL.sub("",x)) for t,x in zip(tb['title'].to_pylist(),tb['text'].to_pylist())]
    cl=np.array(tb['cluster']); fam=np.array(tb['family'])
    s=time.process_time(); r=find_near(ans); print("cpu",time.process_time()-s)
    lab=np.arange(len(ans))+10**9
    for k,g in enumerate(r.groups):
        for i in g: lab[i]=k
    by=collections.defaultdict(list)
    for i,c in enumerate(cl): by[c].append(i)
    tp=fn=0
    for m in by.values():
        for a in range(len(m)):
            for b in range(a+1,len(m)):
                if lab[m[a]]==lab[m[b]]: tp+=1
                else: fn+=1
    tot=sum(len(g)*(len(g)-1)//2 for g in r.groups)
    print("P",tp/tot,"R",tp/(tp+fn),"groups",len(r.groups),"families",len(r.families),"truth families>=3",sum(1 for f,c in collections.Counter(fam[fam>=0].tolist()).items() if c>=3),"variants",len(r.variants),collections.Counter(e.rule for e in r.variants).most_common(6))
    return ans,r,cl,fam
if __name__=="__main__":
    import cProfile,pstats
    for f in sys.argv[1:]: run(f)
