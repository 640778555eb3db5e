import sys; sys.path.insert(0,'/tmp/dup')
import io,contextlib
from near import *
with contextlib.redirect_stdout(io.StringIO()): v=main('/tmp/dup/g20k.parquet'); 
globals().update(v)
import random; random.seed(1)
c=collections.Counter()
for i in np.flatnonzero(var&same):
    d=find_differences(reading(l[i]),reading(r[i])); st=statements(d); w=sum(x.kind=="wording" for x in d)
    c[(len(st),w,tuple(sorted({x.kind for x in st})))]+=1
print(sorted(c.items()))
def show(m,k=8):
    for i in random.sample(list(np.flatnonzero(m)),min(k,m.sum())): print("   ",titles[l[i]],"|",titles[r[i]],"|",key[l[i]],key[r[i]],round(j[i],2),mode[l[i]],mode[r[i]],why[i])
show((why=="words")&same,14)
fnp=[]
order=collections.defaultdict(list)
for i,c_ in enumerate(cl): order[c_].append(i)
pset=set(zip(l.tolist(),r.tolist()))
c=collections.Counter()
for m in order.values():
    for x in range(len(m)):
        for y in range(x+1,len(m)):
            if lab2[m[x]]!=lab2[m[y]]:
                p=(min(m[x],m[y]),max(m[x],m[y])); c["compared" if p in pset else "not compared"]+=1
                if p not in pset: fnp.append(p)
print(c)
for x,y in fnp[:15]: print("  NC",titles[x],"|",titles[y],key[x],key[y],mode[x],mode[y],sizes[lab[x]],lab[x]==lab[y])
